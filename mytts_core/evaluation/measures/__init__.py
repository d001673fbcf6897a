"""Objective measures of speech, a module each; `catalogue` says what they are, `protocol` what they have in common."""
