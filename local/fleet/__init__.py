"""The operator's side of the fleet: starting its state machines and following them."""
