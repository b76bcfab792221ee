"""The sandbox's own page, for whoever develops against it: what it holds, and its levers as plain forms."""
