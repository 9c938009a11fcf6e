"""Ask: what to request of a partner, the gateway that does, and the answers as receipts."""
