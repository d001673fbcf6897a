"""What the dashboard keeps for one page alone, a topic a module; what pages share is in `dashboard.cache`."""
