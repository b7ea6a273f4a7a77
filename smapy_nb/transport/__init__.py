"""How bytes reach a network: session, signing, pacing, failures."""
