"""Tables in files, as people have them and as they get them. All reading and writing of CSV and XLSX is here.

In:  `reading`, CSV and XLSX, every row or an error that says why not.
Out: `writing`, lists of records of any length as CSV or XLSX; `figures`, small workbooks whose numbers are numbers; `forms`,
     workbooks to fill in. None of them lets a text become a formula. `downloads` makes a file the answer to a request.
Both: `cells`, what a cell can hold. `xlsx` is the format, beneath `writing`.
"""
