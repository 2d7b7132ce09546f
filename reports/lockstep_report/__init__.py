"""Turns results of lockstep into one HTML file that stands alone."""
