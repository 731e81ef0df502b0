"""All cases, in the order in which they run."""

from ..case import Case
from .calls import Calls
from .five import Five, FiveAsWritten, FivePolite
from .import_ import Import, ImportMariadb
from .light import Chain, Forty, Growth, Layers
from .loading import Loading
from .pipeline import Pipeline
from .reading import Reading
from .sizes import Reset
from .startup import StartUp

CASES: list[Case] = [
    Five(),
    FiveAsWritten(),
    FivePolite(),
    Forty(),
    Layers(),
    Chain(),
    Pipeline(),
    Reading(),
    Loading(),
    StartUp(),
    Calls(),
    Reset(30),
    Reset(300),
    Growth(),
    Import(),
    ImportMariadb(),
    Reset(3000),
]
