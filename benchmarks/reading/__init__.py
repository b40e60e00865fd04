"""How well are real records read? Counts over public and synthetic data, written as a page.

The data is not part of this repository: the folder that holds it is named by THIRDLINE_SHARED.
"""
