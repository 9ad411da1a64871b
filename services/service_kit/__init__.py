"""What all Runway servers share: server, pipeline, errors, settings. No noun of the domain."""
