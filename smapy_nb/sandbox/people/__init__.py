"""The invented people of a sandbox: who they are, how they grow, what happens to them."""
