### Yr hyn y mae'r cydrannau eu hunain yn ei ddweud.

back = Yn ôl
breadcrumb = Briwsion bara
contents = Cynnwys
cookie-banner = Baner cwcis
crown-copyright = © Hawlfraint y Goron
day = Diwrnod
emergency = Argyfwng
error = Gwall
exit-this-page = Gadael y dudalen hon
important = Pwysig
language = Iaith
licence-before = Mae'r holl gynnwys ar gael o dan y
licence-name = Drwydded Llywodraeth Agored v3.0
licence-after = , oni nodir yn wahanol
limit-in-characters = Gallwch roi hyd at { $count } nod
limit-in-words = Gallwch roi hyd at { $count ->
    [one] { $count } gair
    [two] { $count } air
   *[other] { $count } gair
}
menu = Dewislen
month = Mis
next = Nesaf
page = tudalen
page-number = Tudalen { $number }
pagination = Tudalennu
previous = Blaenorol
service-information = Gwybodaeth am y gwasanaeth
show = Dangos
show-password = Dangos y cyfrinair
skip-to-main-content = Neidio i'r prif gynnwys
success = Llwyddiant
support-links = Dolenni cymorth
there-is-a-problem = Mae problem
warning = Rhybudd
year = Blwyddyn
