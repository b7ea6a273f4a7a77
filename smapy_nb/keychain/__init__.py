"""Where tokens live: keychain (in memory), dumps (files), cipher."""
