"""What all Runway servers share: server, pipeline, errors, settings. It knows no noun of the domain."""
