"""A pair of masks, to numbers under a convention of this field; numpy and scipy only.

In come labels and a spacing; out go Dice, Jaccard, HD95 and ASD a structure, empty masks at a stated cost.
"""
