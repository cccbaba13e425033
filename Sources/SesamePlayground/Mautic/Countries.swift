/// The countries that the practice instance offers, in English as a Mautic has them.
let countries = Set(
    """
    Albania|Algeria|Andorra|Argentina|Armenia|Australia|Austria|Azerbaijan|Bangladesh|Belarus|Belgium|Bolivia|\
    Bosnia and Herzegovina|Brazil|Bulgaria|Cameroon|Canada|Chile|China|Colombia|Costa Rica|Croatia|Cuba|Cyprus|\
    Czech Republic|Denmark|Ecuador|Egypt|Estonia|Ethiopia|Finland|France|Georgia|Germany|Ghana|Greece|Guatemala|\
    Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Ivory Coast|Jamaica|Japan|Jordan|Kazakhstan|\
    Kenya|Kosovo|Kuwait|Latvia|Lebanon|Liechtenstein|Lithuania|Luxembourg|Malaysia|Malta|Mexico|Moldova|Monaco|\
    Mongolia|Montenegro|Morocco|Nepal|Netherlands|New Zealand|Nigeria|North Macedonia|Norway|Pakistan|Panama|\
    Paraguay|Peru|Philippines|Poland|Portugal|Qatar|Romania|Rwanda|San Marino|Saudi Arabia|Senegal|Serbia|\
    Singapore|Slovakia|Slovenia|South Africa|South Korea|Spain|Sri Lanka|Sweden|Switzerland|Taiwan|Tanzania|\
    Thailand|Tunisia|Turkey|Uganda|Ukraine|United Arab Emirates|United Kingdom|United States|Uruguay|Uzbekistan|\
    Venezuela|Vietnam
    """.split(separator: "|").map(String.init))
