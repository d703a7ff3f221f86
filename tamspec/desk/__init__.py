"""What the TAM's desk computes of what was written: shares of time, documents that went stale, limits that run out, and
what a service review tells."""
