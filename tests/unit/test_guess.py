import pytest

from svcc.guess import closest, did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("NodePorts", ("ClusterIP", "NodePort"), "NodePort"),
        ("nodeport", ("ClusterIP", "NodePort"), "NodePort"),
        ("zzz", ("ClusterIP", "NodePort"), ""),
        ("", ("a",), ""),
        ("a" * 100, ("a" * 99,), ""),
    ],
)
def test_the_closest_word_is_guessed_or_none(word, known, expected):
    assert expected == closest(word, known)


def test_a_guess_continues_a_sentence():
    assert "; did you mean NodePort?" == did_you_mean("NodePorts", ("ClusterIP", "NodePort"))
    assert "" == did_you_mean("zzz", ("ClusterIP",))


def test_among_many_words_the_neighbours_are_compared():
    known = sorted(["checkout", *(f"svc-{number:05}" for number in range(10_000))])
    assert "checkout" == closest("chekout", known)
