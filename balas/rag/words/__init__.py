"""What words, numbers and dates of people's languages tell. Looks nothing up and calls no model."""
