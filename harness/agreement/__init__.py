"""How far a judge agrees with people: labelled pairs, measures, a row a data set."""
