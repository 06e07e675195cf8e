"""Trains the offline judge: pairs made from worlds, scenes and prose, and the fit."""
