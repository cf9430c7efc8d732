"""Random designs, for hypothesis."""

from hypothesis import strategies as st

from rnnstudio.design.model import Choice, Design, Link, LinkId, Node, NodeId, TrainingPlan

text = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**13), 10**13),
    st.floats(allow_nan=False, allow_infinity=False),
    text,
)
params = st.dictionaries(st.text("abc_", min_size=1, max_size=6), values, max_size=4)
choices = st.builds(Choice, text, params)
plans = st.builds(
    TrainingPlan,
    epochs=st.integers(-3, 10**12),
    batch_size=st.integers(-3, 10**12),
    optimizer=choices,
    clip_norm=st.none() | st.integers(-3, 5) | st.floats(allow_nan=False, allow_infinity=False),
    validation=st.floats(-1, 2) | st.integers(0, 1),
    seed=st.integers(-1, 2**40),
    dtype=text,
    schedule=choices,
    clip=text,
    patience=st.none() | st.integers(-3, 10**12),
    bucket=st.booleans(),
    truncate=st.none() | st.integers(-3, 10**12),
    sampling_probability=st.floats(-1, 2) | st.integers(0, 1),
)
places = st.floats(-1e5, 1e5).map(lambda x: round(x, 1)) | st.integers(-500, 500)


@st.composite
def designs(draw, kinds=text, ports=text):
    ids = draw(st.lists(st.text("abcdé12", min_size=1, max_size=4), unique=True, max_size=7))
    nodes = tuple(
        Node(NodeId(i), draw(kinds), draw(places), draw(places), draw(text), draw(params)) for i in ids
    )
    ends = st.sampled_from(ids) if ids else st.nothing()
    count = draw(st.integers(0, 8)) if ids else 0
    links = tuple(
        Link(
            LinkId(f"link{n}"),
            draw(ends),
            draw(ports),
            draw(ends),
            draw(ports),
            draw(st.sampled_from([0, 0, 1, 2])),
        )
        for n in range(count)
    )
    return Design(draw(text), nodes, links, draw(choices), draw(plans), draw(text))
