"""Evidence synthesis: pooled ratios, their heterogeneity, and what must not be pooled.

Pure functions of printed estimates, standard library only; numbers agree with R metafor to six digits. Import from the
module that owns a name:

``models``         one study's estimate on the log scale, from the numbers as printed
``selecting``      the estimates of a graph, one per study, comparison, endpoint and population
``guards``         what must not be pooled, and why
``heterogeneity``  Q, tau2 (DerSimonian-Laird, REML, Paule-Mandel), its Q-profile interval
``pooling``        the pool: `her2kg.synthesis.pooling.pool`
``comparing``      leave-one-out, cumulative, differences between groups, indirect comparison
``distributions``  chi-squared and t
``exporting``      CSV for metafor, an R script that checks the result
``reporting``      tables and text for a reader
``running``        all of it in one call, for the command line
``errors``         what can go wrong
"""
