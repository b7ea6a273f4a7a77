"""The import paths of smapy, the tool that smapy_nb carries on. Re-exports only."""
