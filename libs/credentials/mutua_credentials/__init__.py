"""What a credential is: the Annex I model, SD-JWT VC, keys, verification by named checks.

Nothing here fetches, reads a clock or keeps a secret: keys, status and the time are handed in. Every answer
is a value; "could not tell" is an answer of its own. The modules are the public interface:

    annex_i      the model of a micro-credential, what a reader found of it, and why something is unreadable
    code_lists   EQF, ISCED-F, countries and the other lists, with a version and a digest
    sdjwt        issue, parse, present and bind SD-JWT VC; the bus form and the proof that it names nobody
    verify       ten named checks, three-valued, one verdict, for whatever bytes come in
    keys         P-256 keys, key records with validity, did:web and jwt-vc-issuer documents
    digests      `sha256:<hex>` over bytes and over canonical JSON
"""
