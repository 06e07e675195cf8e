"""Words of everyday scenes: who, what is done to what, where, and how they relate."""

AGENTS = {
    "man": "person", "woman": "person", "boy": "child", "girl": "child", "child": "person",
    "chef": "person", "cyclist": "person", "baby": "child", "soldier": "person",
    "dog": "animal", "cat": "animal", "horse": "animal", "monkey": "animal", "panda": "animal",
    "surgeon": "doctor", "teenager": "person", "dancer": "person", "singer": "performer",
    "climber": "person", "puppy": "dog", "kitten": "cat", "player": "person", "lady": "woman",
    "skater": "person", "biker": "person",
}  # fmt: skip
SYNONYMS = {"boy": "young boy", "child": "kid", "woman": "lady", "man": "guy", "dog": "hound"}
DEEDS = (
    # verb, objects with their wider word, another way to say it, an opposite or rival deed
    ("playing", {"guitar": "instrument", "flute": "instrument", "piano": "instrument",
                 "violin": "instrument"}, "performing on", "tuning"),
    ("slicing", {"onion": "vegetable", "tomato": "vegetable", "carrot": "vegetable",
                 "apple": "fruit", "potato": "vegetable"}, "cutting", "peeling"),
    ("eating", {"banana": "fruit", "pizza": "food", "sandwich": "food", "cake": "dessert"},
     "having", "throwing away"),
    ("riding", {"horse": "animal", "bicycle": "vehicle", "motorcycle": "vehicle",
                "elephant": "animal"}, "travelling on", "pushing"),
    ("chasing", {"cat": "animal", "ball": "toy", "rabbit": "animal", "boy": "child"},
     "running after", "running away from"),
    ("throwing", {"ball": "toy", "stick": "piece of wood", "frisbee": "toy"}, "tossing",
     "catching"),
    ("carrying", {"bag": "thing", "ladder": "tool", "baby": "child", "box": "container"},
     "holding", "dropping"),
    ("cleaning", {"table": "piece of furniture", "window": "pane", "car": "vehicle",
                  "knife": "tool"}, "wiping", "painting"),
    ("driving", {"car": "vehicle", "truck": "vehicle", "bus": "vehicle"}, "steering", "parking"),
    ("feeding", {"bird": "animal", "cow": "animal", "dog": "animal", "mouse": "animal"},
     "giving food to", "ignoring"),
    ("cooking", {"egg": "food", "fish": "food", "shrimp": "seafood", "soup": "food"}, "preparing",
     "buying"),
    ("reading", {"book": "text", "newspaper": "text", "letter": "text"}, "looking through",
     "writing"),
    ("opening", {"door": "entrance", "box": "container", "bottle": "container"}, "unsealing",
     "closing"),
    ("filming", {"concert": "event", "parade": "event", "wedding": "event"}, "recording",
     "leaving"),
    ("climbing", {"rope": "thing", "wall": "structure", "tree": "plant", "cliff": "rock"},
     "going up", "jumping from"),
    ("petting", {"dog": "animal", "horse": "animal", "kitten": "animal"}, "stroking", "scaring"),
)  # fmt: skip
ADJECTIVES = (("small", "large"), ("young", "old"), ("tall", "short"), ("happy", "sad"),
               ("wet", "dry"), ("tired", "lively"), ("quiet", "loud"))  # fmt: skip
PLACES = (("in a park", "outdoors"), ("on a beach", "outdoors"), ("in the kitchen", "indoors"),
           ("on the street", "outdoors"), ("in the snow", "outdoors"), ("on a stage", ""),
           ("near a lake", "outdoors"), ("in a small room", "indoors"), ("beside a fence", ""),
           ("in an office", "indoors"), ("in the grass", "outdoors"))  # fmt: skip
OPPOSITE_PLACE = {"outdoors": "indoors", "indoors": "outdoors"}
