"""Every change of the knowledge base. Each function is one act, in one transaction."""
