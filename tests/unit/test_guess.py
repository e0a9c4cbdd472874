import pytest

from svcc.guess import closest, closest_code, did_you_mean, is_one_typo_away


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


@pytest.mark.parametrize(
    "typed", ["Servic", "ervice", "Serice", "Services", "aService", "Servjce", "Sevrice", "Servcie"]
)
def test_one_letter_too_many_missing_changed_or_out_of_its_place_is_a_typo(typed):
    assert is_one_typo_away(typed, "Service")
    assert is_one_typo_away("Service", typed)


@pytest.mark.parametrize("other", ["Service", "", "Servi", "Sevrcie", "ServiceList", "Srevcie", "Sivrece"])
def test_what_differs_by_more_or_not_at_all_is_no_typo(other):
    assert not is_one_typo_away(other, "Service")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("SVC999", ""),
        ("SVC212", "SVC122"),
        ("SVC2211", "SVC221"),
        ("SVC22", "SVC221"),
        ("SCV221", "SVC221"),
        ("zzz", ""),
    ],
)
def test_a_code_that_has_the_form_of_one_is_guessed_only_where_digits_changed_places(word, expected):
    assert expected == closest_code(word, ("SVC009", "SVC122", "SVC221", "SVC909"))
