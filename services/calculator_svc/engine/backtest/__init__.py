"""How good forecasts of past days would have been, by what then came."""
