"""The JSON API, version 1: bearer tokens in, problem details (RFC 9457) or plain JSON out."""
