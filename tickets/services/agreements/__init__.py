"""What the desk and the requester agree on: asked, answered once, and told in the trail (ADR 15)."""
