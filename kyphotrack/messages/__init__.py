"""The catalogue of messages: found in code and templates, kept in a .po file, compiled by Babel. No GNU gettext."""
