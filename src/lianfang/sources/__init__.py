"""Where cases may have been infected: places and hours that they share beyond chance."""
