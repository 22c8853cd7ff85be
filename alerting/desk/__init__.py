"""Pages of engineers: what is open and wants them."""
