"""What a person sees. NAME.py, NAME.js and NAME.css share a stem."""
