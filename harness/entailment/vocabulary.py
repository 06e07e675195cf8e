"""Word tables of the made pairs: opposites, words of one family, words of one meaning."""

from harness.worlds.names import words

OPPOSITES = tuple(
    tuple(pair.split("/"))
    for pair in words(
        "increase/decrease increases/decreases increased/decreased increasing/decreasing "
        "rise/fall rises/falls rose/fell rising/falling raise/lower raises/lowers raised/lowered "
        "more/less most/least higher/lower highest/lowest high/low larger/smaller large/small "
        "largest/smallest big/little bigger/smaller longer/shorter long/short older/younger "
        "old/new oldest/youngest better/worse best/worst good/bad early/late earlier/later "
        "before/after first/last begin/end begins/ends began/ended start/stop starts/stops "
        "started/stopped open/close opens/closes opened/closed win/lose wins/loses won/lost "
        "accept/reject accepts/rejects accepted/rejected allow/forbid allows/forbids "
        "allowed/banned support/oppose supports/opposes supported/opposed agree/refuse "
        "agreed/refused succeed/fail succeeds/fails succeeded/failed success/failure "
        "include/exclude includes/excludes included/excluded gain/loss gained/lost "
        "strong/weak stronger/weaker safe/dangerous easy/difficult common/rare popular/unpopular "
        "positive/negative public/private legal/illegal guilty/innocent alive/dead male/female "
        "man/woman men/women boy/girl boys/girls king/queen husband/wife father/mother "
        "son/daughter "
        "brother/sister brothers/sisters sons/daughters actor/actress he/she his/her north/south "
        "northern/southern east/west eastern/western left/right inside/outside above/below up/down "
        "into/from arrive/leave arrives/leaves arrived/left join/leave joined/left buy/sell "
        "buys/sells bought/sold love/hate loves/hates loved/hated hot/cold warm/cool warmer/cooler "
        "warming/cooling wet/dry full/empty rich/poor fast/slow faster/slower quickly/slowly "
        "heavy/light dark/bright day/night morning/evening summer/winter always/never often/rarely "
        "all/no every/no both/neither many/few with/without confirmed/denied confirm/deny "
        "confirms/denies found/lost remember/forget remembered/forgot improve/worsen "
        "improves/worsens improved/worsened cause/prevent causes/prevents caused/prevented "
        "effective/ineffective likely/unlikely possible/impossible healthy/sick known/unknown "
        "able/unable married/divorced born/buried appointed/dismissed hired/fired elected/defeated "
        "praised/criticised created/destroyed built/demolished arrested/released attack/defend "
        "attacked/defended domestic/foreign local/national major/minor single/double "
        "growth/decline growing/shrinking grew/shrank expanded/reduced teacher/student "
        "doctor/patient victory/defeat awake/asleep standing/sitting stand/sit near/far "
        "front/back top/bottom land/sea entering/leaving push/pull pushing/pulling "
        "lifting/dropping opening/closing putting/removing adding/removing cleaning/dirtying"
    )
)

FAMILIES = tuple(
    tuple(word.strip() for word in row.split(","))
    for row in (
        "football, basketball, tennis, hockey, baseball, cricket, golf, rugby, soccer, boxing",
        "dog, cat, horse, cow, bird, rabbit, sheep, monkey, tiger, elephant",
        "guitar, piano, violin, flute, drum, trumpet, cello, harp",
        "red, blue, green, yellow, black, white, brown, pink, orange, purple, grey",
        "apple, banana, potato, tomato, carrot, onion, lemon, peach",
        "car, bus, train, bicycle, truck, boat, motorcycle, plane, ship",
        "January, February, March, April, May, June, July, August, September, October, November, "
        "December",
        "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday",
        "one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve",
        "first, second, third, fourth, fifth, sixth, seventh, eighth",
        "hundred, thousand, million, billion",
        "actor, singer, writer, director, producer, painter, dancer, composer, journalist, lawyer",
        "doctor, nurse, teacher, engineer, farmer, soldier, officer, student, driver, chef",
        "album, film, book, novel, song, play, series, game, magazine, newspaper",
        "school, university, hospital, church, museum, library, prison, theatre, factory, hotel",
        "city, village, country, county, island, province, district, state",
        "river, lake, mountain, forest, beach, desert, valley, ocean",
        "president, minister, mayor, senator, governor, ambassador, secretary, judge",
        "company, bank, government, court, police, army, union, party",
        "England, France, Germany, Spain, Italy, Russia, China, Japan, India, Canada, Australia, "
        "Brazil, Mexico, Ireland, Scotland, Poland, Sweden, Norway, Greece, Turkey",
        "English, French, German, Spanish, Italian, Russian, Chinese, Japanese, Indian, Canadian, "
        "Australian, American, British, Irish, Scottish, Dutch, Swedish",
        "London, Paris, Berlin, Madrid, Rome, Moscow, Tokyo, Sydney, Toronto, Chicago, Boston, "
        "Dublin, Manchester, Liverpool",
        "summer, winter, spring, autumn",
        "days, weeks, months, years, hours, minutes",
        "day, week, month, year, hour, minute, century, decade",
        "metres, miles, kilometres, feet, inches",
        "dollars, pounds, euros, yen",
        "gold, silver, bronze, iron, copper, steel",
        "cancer, diabetes, asthma, influenza, pneumonia, malaria, measles",
        "lungs, liver, heart, brain, kidneys, skin, stomach",
        "temperature, rainfall, pressure, humidity, snowfall",
        "carbon, oxygen, nitrogen, hydrogen, methane, ozone",
        "children, adults, women, men, patients, students, workers, teachers",
        "cooking, eating, cutting, washing, frying, baking",
        "running, walking, swimming, jumping, dancing, climbing, sleeping",
        "singing, reading, writing, drawing, painting, talking",
        "died, retired, married, resigned, returned, moved, graduated",
        "wrote, directed, produced, sang, painted, designed, published",
        "said, denied, asked, promised, warned",
        "killed, injured, arrested, rescued, kidnapped",
    )
)

SAME = tuple(
    tuple(pair.split("/"))
    for pair in words(
        "began/started begin/start begins/starts ended/finished film/movie big/large small/little "
        "purchased/bought purchase/buy child/kid children/kids physician/doctor car/automobile "
        "many/numerous approximately/about roughly/about nearly/almost received/got "
        "gained/obtained "
        "show/demonstrate shows/demonstrates showed/demonstrated found/discovered "
        "reduce/lower reduces/lowers reduced/lowered decrease/reduce decreases/reduces "
        "decreased/reduced increase/raise increases/raises increased/raised "
        "help/assist helps/assists helped/assisted need/require needs/requires needed/required "
        "use/employ uses/employs used/employed make/produce makes/produces made/produced "
        "create/make creates/makes created/made build/construct built/constructed "
        "said/stated says/states told/informed tells/informs asked/requested "
        "died/passed_away kill/slay murder/killing illness/disease illnesses/diseases "
        "attempt/try attempts/tries attempted/tried allow/permit allows/permits allowed/permitted "
        "also/additionally however/but although/though while/whereas because/since "
        "fast/quick quickly/rapidly rapid/fast smart/clever famous/well-known "
        "company/firm companies/firms firm/business job/post answer/reply answers/replies "
        "choose/select chose/selected chosen/selected get/obtain give/provide gives/provides "
        "gave/provided given/provided near/close_to often/frequently usually/generally "
        "important/significant significant/considerable main/primary primarily/mainly "
        "mostly/mainly several/some whole/entire entire/whole total/overall "
        "people/persons humans/people lady/woman gentleman/man guy/man infant/baby "
        "residence/home house/home photo/picture picture/image images/pictures road/street "
        "town/city nation/country nations/countries worldwide/globally global/worldwide "
        "earth/planet warming/heating danger/risk dangers/risks hazard/danger chance/likelihood "
        "link/connection linked/connected associated/linked contains/includes contain/include "
        "consists/is_made_up comprised/included leader/head chief/head boss/head "
        "located/situated lies/is_located lived/resided lives/resides won/gained "
        "defeated/beat victory/win matches/games match/game contest/competition "
        "award/prize awards/prizes cash/money wealthy/rich pupils/students pupil/student "
        "released/published launched/introduced established/founded founded/set_up "
        "joined/entered left/departed returned/came_back continued/kept_on stop/halt "
        "stopped/halted prevent/stop prevents/stops concerning/about regarding/about "
        "therefore/so thus/so hence/so very/extremely initial/first initially/at_first "
        "eventually/finally later/afterwards earlier/previously former/previous "
        "throughout/during approximately/around US/U.S."
    )
)
