"""Versioned texts of the department: runbooks and procedures today, articles later."""
