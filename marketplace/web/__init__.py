"""The pages of buyers, of cities that subscribed, and of ops; they work without script."""
