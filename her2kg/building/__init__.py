"""Graphs too large to hold in memory: built batch by batch, in parallel, and kept up to date study by study.

``partition``  which triples a study needs, and what belongs to it
``batches``    verdicts, findings, names and violations of some studies, in memory
``working``    the steps of all work in batches: load, cut, work out over the processors
``making``     a store on disk from files of any size: `build`
``validating`` what shapes and checks find in large files: `validate`
``updating``   new studies into a store: `add`
"""
