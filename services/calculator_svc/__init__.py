"""The calculator service: runway, forecast, priorities and impacts. Pure; it keeps nothing."""
