"""Sorts of autoencoders: what a run trains, in a word."""

from aedash.config import RunConfig

# Sorts of autoencoders, from simple to special: of several that hold for one run the last tells most about it.
KINDS = {
    "plain": "One hidden layer at most on each side of the code.",
    "deep": "Several hidden layers on a side of the code.",
    "linear": "Nothing bends inside: every number of the code is a weighted sum of pixels.",
    "convolutional": "Small filters slide over the image, instead of one weight for each pixel.",
    "denoising": "The input is spoilt, the target is clean.",
    "sparse": "The weights, or all but a few units of the code, are pulled to zero.",
    "contractive": "The code is kept from reacting to small changes of the image.",
    "Wasserstein": "The codes of all images together are shaped into a normal cloud.",
    "variational": "An image becomes a distribution of codes; a random draw from it is decoded.",
    "discrete": "The code is made of words from a learnt codebook.",
    "graph": "An image is encoded together with its nearest neighbours.",
}


def kind(config: RunConfig) -> str:
    """What sort of autoencoder a run trains, as its parts say it; a word that is not in KINDS tells most of all.

    Of several that hold the last in KINDS is given; "plain" where no part says anything.
    """
    known = list(KINDS)
    words = [config.architecture.kind(), config.corruption.kind(), *(term.kind() for term in config.objective)]
    words += ["variational" if config.architecture.variational else "", known[0]]
    return max(filter(None, words), key=lambda word: known.index(word) if word in known else len(known))
