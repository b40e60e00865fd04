"""What the product says of published cases, held against what was published of them."""
