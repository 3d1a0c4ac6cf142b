"""The lines: one stage a file, each `run(runtime, row_id)`, safe to run twice."""
