"""How int8 outputs differ, for the judges of integer files."""


def difference(numpy, found, expected):
    """max_lsb and differing of int8 arrays [samples, ...], of how many outputs; where both differ first as [sample, element]."""
    expected = expected.reshape(found.shape)  # maps lie flat
    gap = numpy.abs(found.astype(numpy.int32) - expected.astype(numpy.int32)).reshape(len(expected), -1)
    places = numpy.argwhere(gap)
    return {
        "max_lsb": int(gap.max(initial=0)),
        "differing": int(len(places)),
        "outputs": int(gap.size),
        "first": [int(n) for n in places[0]] if len(places) else None,
    }
