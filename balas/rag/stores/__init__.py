"""What keeps passages and finds them: the embedded engine, and Qdrant."""
