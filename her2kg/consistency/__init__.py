"""Rounding-aware consistency checks of printed statistics.

A printed number stands for every value that rounds to it. The checks here ask one question: is there any set of
values inside those rounding boxes that fits together? If there is, nothing is said; if there is none, a finding says
what was printed, what it implies and which honest reasons there may be. Nothing is ever corrected.

The package stands alone: standard library only, pure functions, no graph. Import from the module that owns a name:

``printed``      a printed number and its rounding box
``ranges``       the arithmetic: standard error, z and p ranges an interval implies, and the readings of a p value
``measures``     what kind of number an estimate is: ratio, difference, percentage, time
``order``        an estimate inside its own interval
``effects``      ratios and differences with an interval and a p value
``student``      Student's t, which few patients need
``medians``      medians against the hazard ratio, their order and their units
``proportions``  percentages against denominators, binomial intervals, arm sizes
``binomial``     the binomial tail, exact and other intervals
``findings``     what a check says; ``rules`` lists every rule with a passing and a failing example
``wording``      how computed numbers are put into words
``estimates``    one estimate, every rule that applies: `her2kg.consistency.estimates.check_estimate`
``tables``       a whole file of estimates: `her2kg.consistency.tables.check_table`, on ``readers`` and ``columns``
``reports``      findings as text, JSON and SARIF; ``pages`` as a page of HTML
"""
