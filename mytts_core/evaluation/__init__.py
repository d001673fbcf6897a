"""Objective measures of a run: does attention read held-out text, and are the words understood?"""
