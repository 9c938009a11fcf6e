"""Ask: what to request of a partner, and the gateway that sends the requests."""
