"""Lets ``python -m thirdline`` do what the command ``thirdline`` does."""

from thirdline.main import main

main()
