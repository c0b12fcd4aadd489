"""Linked data without a network: which contexts are known, and canonical RDF in a process that can be killed.

The modules are the interface, so that the worker process loads only what it needs:

    allow_list   the vendored contexts, and which contexts a document names
    plain_form   whether a document means in RDF what its JSON says
    canonical    one document -> canonical N-Quads, or why not (loads PyLD; runs in the worker)
    worker       the process itself
    pool         `Canonicaliser`: hashes of documents, with a deadline and bounded memory
"""
