### What the components themselves say.

back = Back
breadcrumb = Breadcrumb
contents = Contents
cookie-banner = Cookie banner
crown-copyright = © Crown copyright
day = Day
emergency = Emergency
error = Error
exit-this-page = Exit this page
important = Important
language = Language
licence-before = All content is available under the
licence-name = Open Government Licence v3.0
licence-after = , except where otherwise stated
limit-in-characters = You can enter up to { $count ->
    [one] { $count } character
   *[other] { $count } characters
}
limit-in-words = You can enter up to { $count ->
    [one] { $count } word
   *[other] { $count } words
}
menu = Menu
month = Month
next = Next
page = page
page-number = Page { $number }
pagination = Pagination
previous = Previous
service-information = Service information
show = Show
show-password = Show password
skip-to-main-content = Skip to main content
success = Success
support-links = Support links
there-is-a-problem = There is a problem
warning = Warning
year = Year
